!> rosenzweig
!>
!> Reads the namelists &species and &run of the file community.nml in the working folder, and writes trajectory.txt:
!> a comment, and a line for each day with day, prey and predator.
!> Exit code: 0; 1 where the densities grow beyond bounds; 2 where the namelists cannot be read or make no sense.
program rosenzweig
  use, intrinsic :: iso_fortran_env, only: real64, error_unit
  use, intrinsic :: ieee_arithmetic, only: ieee_is_finite
  use community, only: traits, step
  implicit none

  type(traits) :: species
  character(len=80) :: title
  real(real64) :: density(2)
  integer :: days, steps_per_day, day, i, file

  call read_namelists()
  open (newunit=file, file='trajectory.txt', status='replace', action='write')
  write (file, '(a)') '# ' // trim(title)
  write (file, '(a)') '# day  prey (g C m-2)  predator (g C m-2)'
  do day = 0, days
    if (day > 0) then
      do i = 1, steps_per_day
        density = step(species, density, 1.0_real64 / steps_per_day)
      end do
    end if
    if (.not. all(ieee_is_finite(density))) then
      write (error_unit, '(a,i0,a)') 'day ', day, ': the densities are beyond all bounds; take more steps a day'
      stop 1, quiet=.true.
    end if
    write (file, '(i8,2es26.16e3)') day, density
  end do
  close (file)

contains

  subroutine read_namelists()
    real(real64) :: r, k, a, h, e, m, prey, predator
    character(len=200) :: told
    integer :: unit, status
    namelist /species_traits/ r, k, a, h, e, m
    namelist /run/ title, prey, predator, days, steps_per_day

    title = ''
    r = -1; k = -1; a = -1; h = -1; e = -1; m = -1
    prey = -1; predator = -1; days = -1; steps_per_day = 20
    open (newunit=unit, file='community.nml', status='old', action='read', iostat=status, iomsg=told)
    if (status == 0) read (unit, nml=species_traits, iostat=status, iomsg=told)
    if (status == 0) read (unit, nml=run, iostat=status, iomsg=told)
    if (status /= 0) then
      write (error_unit, '(2a)') 'community.nml: ', trim(told)
      stop 2, quiet=.true.
    end if
    if (min(r, a, h, e, m, prey, predator) < 0 .or. k <= 0 .or. days < 0 .or. steps_per_day < 1) then
      write (error_unit, '(a)') 'community.nml: traits, densities and days must be given, and none below 0'
      stop 2, quiet=.true.
    end if
    species = traits(r, k, a, h, e, m)
    density = [prey, predator]
  end subroutine read_namelists

end program rosenzweig
