! Logistic growth: size(t) = capacity / (1 + (capacity / start - 1) exp(-rate t)).
program model
  use, intrinsic :: iso_fortran_env, only: real64, error_unit
  implicit none
  real(real64) :: rate, capacity, start, size
  integer :: day, days, unit

  rate = parameter('CARYA_PARAM_RATE')
  capacity = parameter('CARYA_PARAM_CAPACITY')
  start = parameter('CARYA_PARAM_START')
  days = nint(parameter('CARYA_PARAM_DAYS'))
  size = start

  open (newunit=unit, file='series.csv', action='write', status='replace')
  write (unit, '(a)') 'day,size'
  do day = 0, days
    size = capacity / (1 + (capacity / start - 1) * exp(-rate * day))
    write (unit, '(i0,a,es22.15e3)') day, ',', size
  end do
  close (unit)

  open (newunit=unit, file='metrics.json', action='write', status='replace')
  write (unit, '(a,es22.15e3,a)') '{ "final": ', size, ' }'
  close (unit)

contains

  ! A parameter as the manifest declares it; ends the program where there is none, or it is no number.
  real(real64) function parameter(name) result(value)
    character(len=*), intent(in) :: name
    character(len=64) :: text
    integer :: status

    call get_environment_variable(name, text, status=status)
    if (status == 0) read (text, *, iostat=status) value
    if (status /= 0) then
      write (error_unit, '(2a)') name, ' is not set, or no number'
      stop 2
    end if
  end function parameter

end program model
